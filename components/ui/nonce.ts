declare global {
  var __webpack_nonce__: string | undefined;
}

/**
 * Radix's dialogs lock scrolling by a style element they insert themselves; the package that does it (get-nonce)
 * asks this global for the nonce the content security policy wants. The document's own scripts carry it.
 */
export function shareNonce(): void {
  if (typeof document === 'undefined') return;
  globalThis.__webpack_nonce__ ??= document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
}
