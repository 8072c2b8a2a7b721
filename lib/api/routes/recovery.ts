import { z } from 'zod';
import { readDrills } from '../../services/drills/list.ts';
import {
  EndDrillScheduleInput,
  endDrillSchedule,
  ScheduleDrillInput,
  scheduleDrill,
} from '../../services/drills/schedule.ts';
import { ListFencesInput, listFences } from '../../services/fences/list.ts';
import {
  DismissFindingInput,
  dismissFinding,
  LiftDismissalInput,
  liftDismissal,
} from '../../services/findings/dismiss.ts';
import { readFindings } from '../../services/findings/list.ts';
import { EmergencyInput, startEmergency } from '../../services/operations/emergency.ts';
import { RecoveryOptionsInput, readRecoveryOptions } from '../../services/recovery/options.ts';
import { listPolicyActs } from '../../services/recovery/policy-acts.ts';
import { readRecoveryReadiness } from '../../services/recovery/read.ts';
import { readRecoveryRun } from '../../services/recovery/run.ts';
import { getReport, REPORT_FORMATS } from '../../services/reports/read.ts';
import { DecideReviewInput, decideReview } from '../../services/reviews/decide.ts';
import { ListReviewsInput, listReviews } from '../../services/reviews/list.ts';
import { ListSalvageInput, listSalvage } from '../../services/salvage/list.ts';
import { parseInput } from '../../services/verb.ts';
import { defineRoute, withPath } from '../define-route.ts';
import {
  DrillScheduled,
  Drills,
  Emergency,
  Fence,
  FindingList,
  Identified,
  PolicyAct,
  pageOf,
  RecoveryDecision,
  RecoveryReadiness,
  RecoveryRun,
  Review,
  ReviewDecided,
  SalvageOrder,
} from '../schemas.ts';
import { EnvironmentQuery, environmentOf } from './environment.ts';

const OPERATION_ID = { id: 'Operation, such as OP-1001' };
const FINDING = { code: 'Finding, such as B-05' };
const Empty = z.strictObject({});

export const readiness = defineRoute({
  method: 'GET',
  path: '/readiness',
  id: 'getReadiness',
  tag: 'recovery',
  summary: 'What can be lost against what has to hold, evaluated now, and who could take over from whom',
  action: 'read',
  query: EnvironmentQuery,
  response: RecoveryReadiness,
  async run(context, { query }) {
    const environment = environmentOf(context, query);
    const { readiness: matrix, detection, ...rest } = await readRecoveryReadiness(context, environment);
    return { ...rest, ...matrix, regions: detection?.regions ?? null };
  },
});

export const findings = defineRoute({
  method: 'GET',
  path: '/findings',
  id: 'listFindings',
  tag: 'recovery',
  summary: 'Statements of the strategy document that are not so, with what the estate shows of each',
  action: 'read',
  query: EnvironmentQuery,
  response: FindingList,
  run: (context, { query }) => readFindings(context, environmentOf(context, query)),
});

export const dismiss = defineRoute({
  method: 'POST',
  path: '/findings/{code}/dismiss',
  id: 'dismissFinding',
  tag: 'recovery',
  summary: 'Say why a finding may stand',
  action: 'finding.dismiss',
  params: FINDING,
  body: DismissFindingInput.omit({ code: true }),
  response: Identified,
  status: 201,
  run: (context, { params, body }) => dismissFinding(context, withPath(body, params)),
});

export const liftOne = defineRoute({
  method: 'POST',
  path: '/findings/{code}/lift',
  id: 'liftDismissal',
  tag: 'recovery',
  summary: 'Count a dismissed finding as open again',
  action: 'finding.dismiss',
  params: FINDING,
  body: LiftDismissalInput.omit({ code: true }),
  response: z.object({ code: z.string() }),
  run: (context, { params, body }) => liftDismissal(context, withPath(body, params)),
});

export const options = defineRoute({
  method: 'GET',
  path: '/recovery/options',
  id: 'getRecoveryOptions',
  tag: 'recovery',
  summary: 'What can be done about a lost Region: wait, send readers away, fail over, with what each costs',
  description:
    'The contract of the failover option is what POST /operations takes as params.accept: requester and approver accept it, and the run stops where it has become worse.',
  action: 'read',
  query: RecoveryOptionsInput,
  response: RecoveryDecision,
  run: (context, { query }) => readRecoveryOptions(context, query),
});

export const emergency = defineRoute({
  method: 'POST',
  path: '/operations/emergency',
  id: 'startEmergency',
  tag: 'recovery',
  summary: 'Start a failover or an evacuation at once, without approval; owes a review',
  description:
    'What stands against it (overridable, of a dry run) is overridden by its id in `overridden`. Takes the environment from the operation that holds it.',
  action: 'operation.emergency',
  body: EmergencyInput,
  response: Emergency,
  status: 201,
  run: (context, { body }) => startEmergency(context, body),
});

export const policyActs = defineRoute({
  method: 'GET',
  path: '/recovery/acts',
  id: 'listPolicyActs',
  tag: 'recovery',
  summary: 'What the policy did about Regions that were seen failing, or why it did not; newest first',
  action: 'read',
  query: EnvironmentQuery,
  response: z.object({ items: z.array(PolicyAct) }),
  async run(context, { query }) {
    return { items: await listPolicyActs(context, environmentOf(context, query)) };
  },
});

export const fences = defineRoute({
  method: 'GET',
  path: '/fences',
  id: 'listFences',
  tag: 'recovery',
  summary: 'Databases that take no orders any more, or are to be shut as soon as their Region answers',
  action: 'read',
  query: ListFencesInput,
  response: pageOf(Fence),
  run: (context, { query }) => listFences(context, query),
});

export const reviews = defineRoute({
  method: 'GET',
  path: '/reviews',
  id: 'listReviews',
  tag: 'recovery',
  summary: 'What was done without approval, and who has looked at it since',
  action: 'read',
  query: ListReviewsInput,
  response: pageOf(Review),
  run: (context, { query }) => listReviews(context, query),
});

export const decide = defineRoute({
  method: 'POST',
  path: '/reviews/{id}/decide',
  id: 'decideReview',
  tag: 'recovery',
  summary: 'Review what was done in an emergency; never by who owes it, and never by a token',
  action: 'review.decide',
  params: { id: 'Review' },
  body: DecideReviewInput.omit({ id: true }),
  response: ReviewDecided,
  run: (context, { params, body }) => decideReview(context, withPath(body, params)),
});

export const drills = defineRoute({
  method: 'GET',
  path: '/drills',
  id: 'getDrills',
  tag: 'recovery',
  summary: 'When each drill is due, by the quarter and by what was scheduled',
  action: 'read',
  query: EnvironmentQuery,
  response: Drills,
  run: (context, { query }) => readDrills(context, environmentOf(context, query)),
});

export const schedule = defineRoute({
  method: 'POST',
  path: '/drills/schedule',
  id: 'scheduleDrill',
  tag: 'recovery',
  summary: 'Say when a drill is due; starts nothing',
  action: 'drill.schedule',
  body: ScheduleDrillInput,
  response: DrillScheduled,
  status: 201,
  run: (context, { body }) => scheduleDrill(context, body),
});

export const unschedule = defineRoute({
  method: 'POST',
  path: '/drills/{id}/unschedule',
  id: 'endDrillSchedule',
  tag: 'recovery',
  summary: 'Take a drill out of the schedule',
  action: 'drill.schedule',
  params: { id: 'Scheduled drill' },
  body: EndDrillScheduleInput.omit({ id: true }),
  response: Identified,
  run: (context, { params, body }) => endDrillSchedule(context, withPath(body, params)),
});

const ReportQuery = z.strictObject({ format: z.enum(REPORT_FORMATS).default('json') });

export const report = defineRoute({
  method: 'GET',
  path: '/operations/{id}/report',
  id: 'getOperationReport',
  tag: 'recovery',
  summary: 'The report of a recovery or a drill that has ended, as JSON, HTML or PDF',
  description:
    'JSON is the canonical text (RFC 8785) that is hashed. The headers digest, x-meridian-key and x-meridian-signature carry its seal.',
  action: 'read',
  params: OPERATION_ID,
  query: ReportQuery,
  streams: ['application/json', 'text/html', 'application/pdf'],
  async run(context, { params, query }) {
    const { format } = parseInput(ReportQuery, query);
    const file = await getReport(context, params.id ?? '', format);
    return new Response(file.body, {
      headers: {
        'content-type': file.mediaType,
        'content-disposition': `${format === 'html' ? 'inline' : 'attachment'}; filename="${file.name}"`,
        // The HTML is text of ours with everything of others escaped; it needs nothing, so it may reach nothing.
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        digest: `sha-256=${Buffer.from(file.sha256, 'hex').toString('base64')}`,
        'x-meridian-key': file.signedBy,
        'x-meridian-signature': file.signature,
      },
    });
  },
});

export const salvage = defineRoute({
  method: 'GET',
  path: '/operations/{id}/salvage',
  id: 'listSalvage',
  tag: 'recovery',
  summary: 'Orders that a database which was left has and the present one has not, oldest first',
  action: 'read',
  params: OPERATION_ID,
  query: ListSalvageInput.omit({ operation: true }),
  response: pageOf(SalvageOrder).extend({ total: z.int() }),
  run: (context, { params, query }) => listSalvage(context, { ...query, operation: params.id }),
});

export const clocks = defineRoute({
  method: 'GET',
  path: '/operations/{id}/clocks',
  id: 'getOperationClocks',
  tag: 'recovery',
  summary: 'The three clocks of a recovery, and what clients measured beside them',
  action: 'read',
  params: OPERATION_ID,
  query: Empty,
  response: RecoveryRun,
  run(context, { params, query }) {
    parseInput(Empty, query);
    return readRecoveryRun(context, params.id ?? '');
  },
});
