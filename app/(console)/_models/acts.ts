import type { ActPlan } from '#components/shell/act-model.ts';
import type { Permission } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import {
  type Control,
  mayControl,
  type OperationState,
  pastReturnOf,
  type ReturnStep,
} from '#lib/domain/operation/state.ts';
import { actsAsRecovery } from '#lib/domain/recovery/params.ts';
import type { ReleasedMinimum } from '#lib/domain/traffic/request.ts';
import type { Actor } from '#lib/services/context.ts';

interface Stoppable {
  id: string;
  kind: string;
  title: string;
  state: string;
  desired: string;
  done: number;
  total: number;
  /** Titles of what its compensation does. */
  putsBack: readonly string[];
}

/** Whether this person may ask for the control, by grants first and then by the state of the run. */
export function controlPermission(
  actor: Actor,
  operation: Pick<Stoppable, 'state' | 'desired'> & {
    steps: readonly ReturnStep[];
  },
  control: Control,
): Permission {
  const granted = permits(actor.grants, control === 'abort' ? 'operation.abort' : 'operation.control');
  return granted.allowed
    ? mayControl(operation.state as OperationState, operation.desired, control, pastReturnOf(operation.steps))
    : granted;
}

const MINIMUMS: ActPlan['checks'][number] = {
  id: 'minimums',
  status: 'ok',
  text: 'Minimums of nodes come last, once traffic has followed.',
  reason: 'One that somebody changed since stays as it is. Nodes are left to the autoscaler.',
};

/** The sheet before a finished shift is put back: an operation of its own, which waits for nobody by default. */
export function undoPlan(
  operation: { id: string; title: string; state: string },
  raised: readonly ReleasedMinimum[],
  secondsBack: number,
): ActPlan {
  const superseded = operation.state === 'superseded';
  return {
    title: `Put ${operation.id} back`,
    note: operation.title,
    changes: [
      { label: 'Operation', before: operation.id, after: 'a new one that puts it back' },
      {
        label: 'DNS weights',
        before: superseded ? `as far as ${operation.id} had come` : `as ${operation.id} left them`,
        after: `as before ${operation.id}`,
      },
      ...raised.map(({ region, minimumBefore, minimumSet }) => ({
        label: `Minimum of nodes in ${region}`,
        before: `${minimumSet}, as ${operation.id} set it`,
        after: String(minimumBefore),
      })),
    ],
    changeNote: `At once, without a ramp; traffic follows within about ${secondsBack} s, TTL included.`,
    checks: [
      {
        id: 'still-so',
        status: 'ok',
        text: superseded
          ? 'Only while no later shift has set the weights.'
          : `Only while the live weights are those that ${operation.id} left.`,
        reason: 'If something changed them since, it is refused: shift from what is live now instead.',
      },
      ...(raised.length > 0 ? [MINIMUMS] : []),
    ],
    agreement:
      'By default nobody: putting back is never frozen. A policy of the environment may ask for an approver.',
    verb: `Put ${operation.id} back`,
    reason: 'optional',
  };
}

/** As `undoPlan`, of a recovery that stopped half-way: by the steps that it had planned for that. */
export function putBackPlan(operation: { id: string; title: string }, putsBack: readonly string[]): ActPlan {
  return {
    title: `Put ${operation.id} back`,
    note: operation.title,
    changes: [
      { label: 'Operation', before: operation.id, after: 'a new one that puts it back' },
      ...putsBack.map((title) => ({ label: title, before: `as ${operation.id} left it`, after: 'done' })),
    ],
    changeNote:
      'Databases first, then all the rest at once; where orders were frozen, one is placed at the end.',
    checks: [
      {
        id: 'still-so',
        status: 'ok',
        text: 'Only while no later operation has changed the same, and no other database takes orders.',
        reason:
          'Each step looks at what stands before it changes anything, and refuses what somebody else changed.',
      },
    ],
    agreement:
      'By default nobody: putting back is never frozen. A policy of the environment may ask for an approver.',
    verb: `Put ${operation.id} back`,
    reason: 'optional',
  };
}

/** The sheet before an abort or a revert: what it changes, what it leaves, who must agree. */
export function stopPlan(operation: Stoppable, control: 'abort' | 'revert', secondsBack: number): ActPlan {
  const verb = control === 'abort' ? 'Abort' : 'Revert';
  const { changes, changeNote, checks } = actsAsRecovery(operation.kind)
    ? recoveryPutBack(operation)
    : operation.kind === 'deployment' || operation.kind === 'rollback'
      ? versionsPutBack(operation.kind)
      : weightsPutBack(secondsBack);
  return {
    title: `${verb} ${operation.id}`,
    note: operation.title,
    changes: [
      {
        label: 'Operation',
        before: `${operation.state}, ${operation.done} of ${operation.total} steps done`,
        after: control === 'abort' ? 'aborted' : 'reverted',
      },
      ...changes,
    ],
    changeNote,
    checks,
    agreement: 'Nobody else. Stopping and putting back never wait for approval and are never frozen.',
    verb: `${verb} ${operation.id}`,
    reason: 'optional',
  };
}

type PutBack = Pick<ActPlan, 'changes' | 'changeNote' | 'checks'>;

function weightsPutBack(secondsBack: number): PutBack {
  return {
    changes: [{ label: 'DNS weights', before: 'as the run has set them', after: 'as before the run' }],
    changeNote: `Traffic follows within about ${secondsBack} s, TTL included. Nodes that were added stay.`,
    checks: [
      {
        id: 'route53',
        status: 'ok',
        text: 'One atomic change of records puts the snapshot back.',
        reason:
          'If someone else changed the records meanwhile, nothing is written and the run holds for a person.',
      },
    ],
  };
}

function versionsPutBack(kind: 'deployment' | 'rollback'): PutBack {
  if (kind === 'rollback')
    return {
      changes: [],
      changeNote:
        'A rollback has nothing to put back: Regions that went back stay there, the others stay too.',
      checks: [
        {
          id: 'apart',
          status: 'warning',
          text: 'The Regions may be left on different versions.',
          reason: 'Ask for another rollback, or a deployment, of those that are left.',
        },
      ],
    };
  return {
    changes: [
      {
        label: 'Regions that were switched',
        before: 'the new version',
        after: 'the version before, all at once',
      },
      { label: 'The other Regions', before: 'to be deployed', after: 'left as they are' },
    ],
    changeNote:
      'Each Service is pointed back in one write; then it is verified, and pods, events and last lines are kept.',
    checks: [
      {
        id: 'stands',
        status: 'ok',
        text: 'The old colour stands beside the new one until the clean-up: going back takes seconds.',
        reason: 'Where it was scaled to zero its pods are started first, which adds minutes.',
      },
    ],
  };
}

function recoveryPutBack({ putsBack }: Stoppable): PutBack {
  return {
    changes: putsBack.map((title) => ({ label: title, before: 'where the run changed it', after: 'done' })),
    changeNote:
      putsBack.length === 0
        ? 'It has nothing to put back: what its steps have done stays.'
        : 'What is in flight is ended by observing, then these steps run, in this order.',
    checks: [
      {
        id: 'return',
        status: 'ok',
        text: 'No step that cannot be undone has begun.',
        reason: 'Behind the first of them a run goes forward, and abort is refused.',
      },
    ],
  };
}

/** The sheet before a compensation that has failed is ended: what stays as it is, and that nobody puts it back. */
export function leavePlan(operation: Stoppable, notPutBack: readonly string[]): ActPlan {
  return {
    title: `Leave ${operation.id} as it is`,
    note: operation.title,
    changes: [
      { label: 'Operation', before: `${operation.state}, tried again until it passes`, after: 'failed' },
      ...notPutBack.map((title) => ({ label: title, before: 'not done', after: 'left' })),
    ],
    changeNote:
      'It ends at its next look, and the environment is free for another operation. It cannot be taken up again.',
    checks: [
      {
        id: 'left',
        status: 'warning',
        text: actsAsRecovery(operation.kind)
          ? 'What was not put back stays as it stands now: switches, groups, writer endpoints and nodes.'
          : 'What was not put back stays as it stands now: weights, aliases and nodes.',
        reason: actsAsRecovery(operation.kind)
          ? 'Look at Recovery first; afterwards, ask for what is missing by an operation of its own.'
          : 'Look at the live records first; afterwards, shift traffic from what is live.',
      },
    ],
    agreement: 'Nobody else. The decision, its reason and your name stand with the operation.',
    verb: `Leave ${operation.id} as it is`,
    reason: 'required',
  };
}

/** The sheet before one's own request is taken back, while it waits for approval or for its time. */
export function withdrawPlan({ id, title, state }: Pick<Stoppable, 'id' | 'title' | 'state'>): ActPlan {
  return {
    title: `Withdraw ${id}`,
    note: title,
    changes: [
      {
        label: 'Request',
        before: state === 'scheduled' ? 'approved, starts at its time' : 'waits for approval',
        after: 'withdrawn',
      },
    ],
    changeNote: 'It is not taken up again; whoever wants it asks anew.',
    checks: [{ id: 'unbegun', status: 'ok', text: 'Nothing of it has begun, so nothing is put back.' }],
    agreement: 'Nobody else. Only who asked for it may take it back; whoever was to approve it is told.',
    verb: `Withdraw ${id}`,
    reason: 'none',
  };
}
