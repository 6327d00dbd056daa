/** Addresses as logs may show them. */

/** Tokens do not belong in addresses; those that are there anyway stay out of every log. */
export function withoutTokens(url: string): string {
  return url.replace(/([?&](?:access_token|token|authorization)=)[^&]*/gi, '$1(redacted)');
}
