/** Which of the two was wrong is not said, nor whether there is such an account. */
export const SIGN_IN_REFUSED =
  'Not signed in: that e-mail and password do not fit an account that may sign in.';

/** After so many failures of one account or address; `seconds` until it may be tried again. */
export function signInPausedWords(failures: number, seconds: number): string {
  return `Sign-in is paused after ${failures} failed tries. Try again in ${Math.ceil(seconds / 60)} min, or ask an admin.`;
}
