/** Whether an endpoint, as a shop is configured with it, is this instance's: its id, alone or as the beginning of a host name. */
export function isEndpointOf(endpoint: string, { id }: { id: string }): boolean {
  const name = endpoint.toLowerCase();
  return name === id || name.startsWith(`${id}.`);
}
