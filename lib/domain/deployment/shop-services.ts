/** The Service that takes the shop's traffic. */
export const LIVE_SERVICE = 'app-service';
/** The one that a version is looked at by, before it takes any. */
export const PREVIEW_SERVICE = 'app-preview';
/** Says in `managedFields` who set a value. */
export const FIELD_MANAGER = 'meridian';

/** Of a colour's Deployment. */
export function deploymentName(colour: string): string {
  return `app-${colour}`;
}
