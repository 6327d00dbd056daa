/** A long list of rows of equal height, of which only those in sight are in the document. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  readonly count: number;
  readonly rowHeight: number;
  readonly label: string;
  readonly class?: string;
  /** This row is brought into sight when it changes. */
  readonly current?: number;
  row(index: number): ComponentChildren;
  onKeyDown?(event: KeyboardEvent): void;
}

const OVERSCAN = 4;

export function VirtualRows({ count, rowHeight, label, class: name = '', current, row, onKeyDown }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [window, setWindow] = useState({ top: 0, height: 600 });

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = (): void => setWindow({ top: element.scrollTop, height: element.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || current === undefined || current < 0) return;
    const top = current * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + rowHeight - element.clientHeight;
    }
  }, [current, rowHeight]);

  const first = Math.max(0, Math.floor(window.top / rowHeight) - OVERSCAN);
  const end = Math.min(count, Math.ceil((window.top + window.height) / rowHeight) + OVERSCAN);
  const rows: ComponentChildren[] = [];
  for (let index = first; index < end; index++) rows.push(row(index));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is reached by keyboard
    <section ref={box} class={`scroll virtual ${name}`} aria-label={label} tabIndex={0} onKeyDown={onKeyDown}>
      <div class="virtual-space" style={{ height: `${count * rowHeight}px` }}>
        <div style={{ transform: `translateY(${first * rowHeight}px)` }}>{rows}</div>
      </div>
    </section>
  );
}
