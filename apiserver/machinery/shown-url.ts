/** Addresses as logs may show them. */

/** Tokens do not belong in addresses; those that are there anyway stay out of every log. */
export function withoutTokens(url: string): string {
  // Of the addresses of most requests nothing is to be hidden, and every request asks.
  if (!url.includes('=')) return url;
  return url.replace(/([?&](?:access_token|token|authorization)=)[^&]*/gi, '$1(redacted)');
}
