/** Nothing to do. Without a file of its own, the build takes the product's, found above this folder. */
export function register() {}
