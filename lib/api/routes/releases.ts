import { z } from 'zod';
import { getReleaseDetail, ListReleasesInput, listReleases } from '../../services/releases/list.ts';
import { clearRelease, MarkReleaseInput, markReleaseBad } from '../../services/releases/mark.ts';
import { RegisterReleaseInput, registerRelease } from '../../services/releases/register.ts';
import { parseInput } from '../../services/verb.ts';
import { defineRoute, withPath } from '../define-route.ts';
import { pageOf, Release, ReleaseJudged, ReleaseRegistered } from '../schemas.ts';

const VERSION = { version: 'Release, such as v2.1.0' };
const Empty = z.strictObject({});

export const list = defineRoute({
  method: 'GET',
  path: '/releases',
  id: 'listReleases',
  tag: 'releases',
  summary: 'Releases, newest first, and where each stands: registries, staging, what serves users',
  action: 'read',
  query: ListReleasesInput,
  response: pageOf(Release),
  run: (context, { query }) => listReleases(context, query),
});

export const register = defineRoute({
  method: 'POST',
  path: '/releases',
  id: 'registerRelease',
  tag: 'releases',
  summary: 'Register a version of the application as one image, for good',
  description:
    'The same version with the same digest again is the same release: created is false, and nothing is written. ' +
    'With another digest it is a conflict. A tag that moves, such as latest, is refused.',
  action: 'release.register',
  body: RegisterReleaseInput,
  response: ReleaseRegistered,
  status: 201,
  run: (context, { body }) => registerRelease(context, body),
});

export const get = defineRoute({
  method: 'GET',
  path: '/releases/{version}',
  id: 'getRelease',
  tag: 'releases',
  summary: 'One release, where it stands, and what the caller may do with it now',
  action: 'read',
  params: VERSION,
  query: Empty,
  response: Release,
  run(context, { params, query }) {
    parseInput(Empty, query);
    return getReleaseDetail(context, params.version ?? '');
  },
});

export const markBad = defineRoute({
  method: 'POST',
  path: '/releases/{version}/mark-bad',
  id: 'markReleaseBad',
  tag: 'releases',
  summary: 'Say why a release is bad: nothing is deployed or rolled back to it any more',
  action: 'release.mark-bad',
  params: VERSION,
  body: MarkReleaseInput.omit({ version: true }),
  response: ReleaseJudged,
  run: (context, { params, body }) => markReleaseBad(context, withPath(body, params)),
});

export const clear = defineRoute({
  method: 'POST',
  path: '/releases/{version}/clear',
  id: 'clearRelease',
  tag: 'releases',
  summary: 'Say why a release that was marked bad may be deployed again; never by who registered it',
  action: 'release.clear',
  params: VERSION,
  body: MarkReleaseInput.omit({ version: true }),
  response: ReleaseJudged,
  run: (context, { params, body }) => clearRelease(context, withPath(body, params)),
});
