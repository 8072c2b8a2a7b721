import { type Estate, type Region, switchBucketOf } from '#lib/domain/estate/estate.ts';
import { word } from './shell.ts';

export function switchCommand(bucket: string, inRegion: string, region: string, to: 'on' | 'off'): string {
  const object = `--region ${word(inRegion)} --bucket ${word(bucket)} --key ${word(`serve/${region}`)}`;
  return to === 'off'
    ? `printf off > off && aws s3api put-object ${object} --body off --content-type text/plain --cache-control no-store`
    : `aws s3api delete-object ${object}`;
}

/** Prints "off" where the Region is switched off; without an object it is on. */
export function readSwitchCommand(estate: Estate, peer: Region, region: string): string {
  return `aws s3 cp --region ${word(peer.code)} ${word(`s3://${switchBucketOf(estate, peer)}/serve/${region}`)} -`;
}
