/** The languages of the page. A language that leaves something out, or says it with other arguments, does not compile. */
import { english } from './english.ts';
import { vietnamese } from './vietnamese.ts';

export type Words = typeof english;
export type Language = 'en' | 'vi';

export const dictionaries: Readonly<Record<Language, Words>> = { en: english, vi: vietnamese };
