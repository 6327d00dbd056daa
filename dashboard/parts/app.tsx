/** What every view may use: the session, the words, the way to other views, a place to say that something failed. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../live/session.ts';
import type { Language, Words } from '../words/dictionary.ts';

export type ViewName = 'store' | 'keys' | 'reconcile' | 'nodes' | 'request' | 'lessons';
export const VIEWS: readonly ViewName[] = ['store', 'keys', 'reconcile', 'nodes', 'request', 'lessons'];

/** An object that another view should show: `deployments.apps` in `default`, named `web`. */
export interface Subject {
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface App {
  readonly session: Session;
  readonly words: Words;
  readonly language: Language;
  readonly subject: Subject | undefined;
  go(view: ViewName): void;
  /** Opens the view of one request on an object. */
  follow(subject: Subject): void;
  say(text: string): void;
  /** Runs what may fail, and says so when it does. Resolves with whether it went well. */
  attempt(what: string, action: () => Promise<unknown>): Promise<boolean>;
  openCreate(): void;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('a view stands outside the page');
  return app;
}
