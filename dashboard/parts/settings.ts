/** What a browser remembers of its user's wishes: language, and light or dark. */
import type { Language } from '../words/dictionary.ts';

export type Theme = 'light' | 'dark';

export interface Settings {
  readonly language: Language;
  readonly theme: Theme;
}

const PLACE = 'sampan-settings';

export function readSettings(): Settings {
  const kept = parsed(localStorage.getItem(PLACE));
  return {
    language: kept.language ?? (navigator.language.startsWith('vi') ? 'vi' : 'en'),
    theme: kept.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
  };
}

export function keepSettings(settings: Settings): void {
  localStorage.setItem(PLACE, JSON.stringify(settings));
  document.documentElement.lang = settings.language;
  document.documentElement.dataset['theme'] = settings.theme;
}

function parsed(text: string | null): Partial<Settings> {
  try {
    const { language, theme } = JSON.parse(text ?? '{}') as Record<string, unknown>;
    return {
      ...(language === 'en' || language === 'vi' ? { language } : {}),
      ...(theme === 'light' || theme === 'dark' ? { theme } : {}),
    };
  } catch {
    return {};
  }
}
