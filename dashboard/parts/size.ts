/** The width and height of an element, as they change. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export function useSize<Element extends HTMLElement>(): [
  RefObject<Element | null>,
  { readonly width: number; readonly height: number },
] {
  const element = useRef<Element>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const now = element.current;
    if (now === null) return undefined;
    const look = (): void => setSize({ width: now.clientWidth, height: now.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(now);
    return () => observer.disconnect();
  }, []);
  return [element, size];
}
