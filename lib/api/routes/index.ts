import type { Route } from '../define-route.ts';
import * as audit from './audit.ts';
import * as breakGlass from './breakglass.ts';
import * as estate from './estate.ts';
import * as freezes from './freezes.ts';
import * as operations from './operations.ts';
import * as people from './people.ts';
import * as recovery from './recovery.ts';
import * as settings from './settings.ts';

/** Every route of the API, as the OpenAPI document lists them. test/service/api.test.ts holds app/api/v1 to it. */
export const ROUTES: readonly Route[] = [
  estate.me,
  estate.listRegions,
  estate.getRegion,
  estate.getTraffic,
  estate.getLinks,
  estate.getCosts,
  operations.list,
  operations.request,
  operations.get,
  operations.steps,
  operations.approve,
  operations.reject,
  operations.withdraw,
  operations.pause,
  operations.resume,
  operations.abort,
  operations.revert,
  operations.leave,
  operations.approvals,
  recovery.readiness,
  recovery.findings,
  recovery.dismiss,
  recovery.liftOne,
  recovery.options,
  recovery.emergency,
  recovery.fences,
  recovery.reviews,
  recovery.decide,
  recovery.drills,
  recovery.schedule,
  recovery.unschedule,
  recovery.report,
  recovery.salvage,
  recovery.clocks,
  audit.list,
  audit.head,
  audit.exportRows,
  breakGlass.list,
  breakGlass.get,
  freezes.list,
  freezes.create,
  freezes.lift,
  people.list,
  people.create,
  people.disable,
  people.enable,
  people.grant,
  people.revokeOne,
  people.tokens,
  people.createOne,
  people.revokeTokenRoute,
  settings.policies,
  settings.putPolicy,
  settings.webhooks,
  settings.addWebhook,
  settings.stopWebhook,
];
