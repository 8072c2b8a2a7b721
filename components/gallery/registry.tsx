import type { ReactNode } from 'react';
import { ApprovalsView } from '#components/approvals/approvals-view.tsx';
import { AuditView } from '#components/audit/audit-view.tsx';
import { CostView } from '#components/cost/cost-view.tsx';
import { DeploymentsView } from '#components/deployments/deployments-view.tsx';
import { LazyDeploySheet } from '#components/deployments/pipeline-lazy-request.tsx';
import { RecentSwitch } from '#components/deployments/pipeline-recent.tsx';
import { ReleaseView } from '#components/deployments/release-view.tsx';
import { FindingsView } from '#components/findings/findings-view.tsx';
import { FreezesView } from '#components/freezes/freezes-view.tsx';
import { NetworkView } from '#components/network/network-view.tsx';
import { OperationView } from '#components/operations/operation-view.tsx';
import { OperationsView } from '#components/operations/operations-view.tsx';
import { OverviewView } from '#components/overview/overview-view.tsx';
import type { DecideModel } from '#components/recovery/decide-model.ts';
import { DecideView } from '#components/recovery/decide-view.tsx';
import type { RecoveryModel } from '#components/recovery/model.ts';
import { RecoveryView } from '#components/recovery/recovery-view.tsx';
import { RegionView } from '#components/region/region-view.tsx';
import { ReplayView } from '#components/replay/replay-view.tsx';
import { ReplicationView } from '#components/replication/replication-view.tsx';
import { SettingsPeopleView } from '#components/settings/settings-view.tsx';
import type { AreaKey } from '#components/shell/areas.ts';
import type { ShellModel } from '#components/shell/model.ts';
import { ErrorPage, LoadingPage, MissingPage } from '#components/shell/page-states.tsx';
import type { SignInState } from '#components/sign-in/sign-in-form.tsx';
import { SignInView } from '#components/sign-in/sign-in-view.tsx';
import { LazyComposer } from '#components/traffic/lazy-composer.tsx';
import { TrafficView } from '#components/traffic/traffic-view.tsx';
import { SIGN_IN_REFUSED, signInPausedWords } from '#lib/domain/access/sign-in-words.ts';
import { actFailedWords } from '#lib/domain/failure-words.ts';
import {
  galleryAgain,
  galleryDeploy,
  galleryDone,
  galleryOccurrences,
  galleryPolicy,
  galleryPreview,
  galleryRefused,
  galleryRollback,
  gallerySignIn,
  gallerySignOut,
  galleryToken,
} from './actions.ts';
import {
  approvals,
  closedApprovals,
  emptyApprovals,
  failoverApproval,
  ownDebt,
  ownHistory,
  ownRequest,
  reviewDebts,
  ruledApproval,
  voidedApprovals,
} from './fixtures/approvals.ts';
import { audit, brokenAudit, emptyAudit } from './fixtures/audit.ts';
import {
  alarmedShell,
  auditorShell,
  idleShell,
  indebtedShell,
  NOW,
  pausedShell,
  runningShell,
  sinkingShell,
} from './fixtures/base.ts';
import { cost, failingCost, staleCost, unreadCost } from './fixtures/cost.ts';
import { decide, readsDecide, sinkingDecide, waitDecide } from './fixtures/decide.ts';
import {
  badRelease,
  deliveryNumbers,
  deployments,
  driftedVersionList,
  emptyDeployments,
  movedRelease,
  noDeliveryNumbers,
  noReleases,
  problemDeployments,
  releaseList,
  releasePage,
  staleRelease,
  versionList,
} from './fixtures/deployments.ts';
import { dismissedFindings, findings, noFindings } from './fixtures/findings.ts';
import {
  chosenCell,
  chosenFreeze,
  emptyFreezeCalendar,
  freezeCalendar,
  freezeExceptions,
  freezes,
  noExceptions,
  nothingFrozen,
  pastFreezes,
  readersFreezes,
} from './fixtures/freezes.ts';
import { connectNetwork, network, unknownNetwork, wholeNetwork, wideNetwork } from './fixtures/network.ts';
import {
  emptyOperations,
  heldOperation,
  operation,
  operations,
  revertedOperation,
  stuckOperation,
  waitingOperation,
} from './fixtures/operations.ts';
import {
  emptyOverview,
  failingOverview,
  overview,
  partialOverview,
  problemOverview,
  staleOverview,
  wideMap,
} from './fixtures/overview.ts';
import {
  abortedDeployment,
  deployingShell,
  doneDeployment,
  heldDeployment,
  recentShell,
  rollbackOffer,
  rollbackRun,
  rolledBackDeployment,
  rollingDeployment,
  soakingDeployment,
  thinDeployment,
  unreachableDeployment,
  waitingDeployment,
} from './fixtures/pipeline.ts';
import { badRequest, deployRequest, unprovenRequest } from './fixtures/pipeline-request.ts';
import {
  drillsRecovery,
  emptyRecovery,
  failingRecovery,
  plansRecovery,
  problemRecovery,
  readinessRecovery,
  recoveryNow,
  reportsRecovery,
  runbookRecovery,
  splitBrainRecovery,
  staleReadiness,
} from './fixtures/recovery.ts';
import {
  earlyFailoverRun,
  earlyFailoverShell,
  endedFailoverRun,
  failoverRun,
  failoverShell,
  incompleteFailoverRun,
  switchoverRun,
} from './fixtures/recovery-run.ts';
import { region, staleRegion } from './fixtures/region.ts';
import { emptyReplay, gapReplay, REPLAY_START, replay } from './fixtures/replay.ts';
import {
  emptyReplication,
  problemReplication,
  replication,
  staleReplication,
} from './fixtures/replication.ts';
import { connectRequest, drillRequest, switchoverRequest } from './fixtures/requests.ts';
import {
  notificationSettings,
  policySettings,
  readerSettings,
  settings,
  tokenSettings,
} from './fixtures/settings.ts';
import {
  composer,
  drainComposer,
  emptyTraffic,
  partialTraffic,
  problemTraffic,
  targetComposer,
  traffic,
} from './fixtures/traffic.ts';
import { Pieces } from './pieces.tsx';

interface Specimen {
  /** null: the page stands without the shell. */
  shell: ShellModel | null;
  render: () => ReactNode;
}

interface GalleryView {
  area?: AreaKey;
  states: Readonly<Record<string, Specimen>>;
}

const inShell = (shell: ShellModel, render: () => ReactNode): Specimen => ({ shell, render });
const overviewOf = (shell: ShellModel, model: typeof overview) =>
  inShell(shell, () => <OverviewView overview={model} actions={{ stopTheLine: galleryDone }} />);
const trafficOf = (model: typeof traffic, composed?: typeof composer) =>
  inShell(idleShell, () => (
    <TrafficView
      traffic={model}
      composer={
        composed === undefined ? undefined : (
          <LazyComposer model={composed} actions={{ preview: galleryPreview, request: galleryRefused }} />
        )
      }
    />
  ));
const runActions = {
  comment: galleryDone,
  pause: galleryDone,
  resume: galleryDone,
  revert: galleryDone,
  withdraw: galleryDone,
  leave: galleryRefused,
  close: galleryDone,
  omit: galleryDone,
  pipeline: { skipSoak: galleryRefused, promote: galleryDone, markBad: galleryDone },
  rollback: { preview: galleryRollback, rollBack: galleryDone },
};
const requestActions = { request: galleryRefused, declare: galleryRefused, signInAgain: galleryAgain };
const recoveryOf = (shell: ShellModel, model: RecoveryModel) =>
  inShell(shell, () => (
    <RecoveryView recovery={model} actions={{ ...requestActions, scheduleDrill: galleryDone }} />
  ));
const decideOf = (shell: ShellModel, model: DecideModel) =>
  inShell(shell, () => <DecideView decide={model} actions={requestActions} />);
const findingsOf = (model: typeof findings) =>
  inShell(idleShell, () => (
    <FindingsView findings={model} actions={{ dismiss: galleryDone, reopen: galleryDone }} />
  ));
const deploymentsOf = (model: typeof deployments) =>
  inShell(idleShell, () => <DeploymentsView deployments={model} actions={{ register: galleryRefused }} />);
const releaseOf = (model: typeof releasePage) =>
  inShell(idleShell, () => (
    <ReleaseView release={model} actions={{ markBad: galleryDone, clear: galleryDone }} />
  ));
const freezesOf = (model: typeof freezes) =>
  inShell(idleShell, () => (
    <FreezesView
      freezes={model}
      actions={{
        stop: galleryDone,
        create: galleryRefused,
        change: galleryDone,
        lift: galleryDone,
        preview: galleryOccurrences,
        except: galleryDone,
        endException: galleryDone,
      }}
    />
  ));
const networkOf = (model: typeof network) =>
  inShell(idleShell, () => <NetworkView network={model} actions={requestActions} />);
const operationOf = (shell: ShellModel, model: typeof operation) =>
  inShell(shell, () => <OperationView operation={model} actions={runActions} />);
const deployOf = (model: typeof deployRequest) =>
  inShell(idleShell, () => (
    <>
      <OperationsView operations={operations} />
      <LazyDeploySheet model={model} actions={{ preview: galleryDeploy, request: galleryRefused }} />
    </>
  ));
const approvalsOf = (model: typeof approvals, shell = idleShell) =>
  inShell(shell, () => (
    <ApprovalsView
      approvals={model}
      actions={{
        approve: galleryRefused,
        reject: galleryDone,
        askChanges: galleryDone,
        comment: galleryDone,
        delegate: galleryRefused,
        revokeDelegation: galleryDone,
        review: galleryDone,
        signInAgain: galleryAgain,
      }}
    />
  ));
const auditOf = (model: typeof audit) =>
  inShell(auditorShell, () => <AuditView audit={model} actions={{ verify: galleryDone }} />);
const settingsActions = {
  grant: galleryDone,
  revokeGrant: galleryRefused,
  rename: galleryDone,
  setDisabled: galleryDone,
  createToken: galleryToken,
  revokeToken: galleryDone,
  setRecoveryPolicy: galleryDone,
  createWebhook: galleryToken,
  disableWebhook: galleryDone,
  redeliver: galleryDone,
  discard: galleryRefused,
  signInAgain: galleryAgain,
  policies: { preview: galleryPolicy, change: galleryRefused },
};
const settingsOf = (model: typeof settings) =>
  inShell(idleShell, () => <SettingsPeopleView settings={model} actions={settingsActions} />);
const signInOf = (initial: SignInState): Specimen => ({
  shell: null,
  render: () => (
    <SignInView
      at={NOW}
      estate="Enterprise E-Commerce Platform, lab"
      provider={{ name: 'Example SSO', action: gallerySignOut }}
      initial={initial}
      next="/"
      signIn={gallerySignIn}
    />
  ),
});

/** Every view in every state it can be in. */
export const GALLERY: Readonly<Record<string, GalleryView>> = {
  overview: {
    area: 'overview',
    states: {
      normal: overviewOf(runningShell, overview),
      idle: overviewOf(idleShell, { ...overview, running: null }),
      deployed: inShell(recentShell, () => (
        <>
          <RecentSwitch offer={rollbackOffer} actions={runActions.rollback} />
          <OverviewView overview={{ ...overview, running: null }} actions={{ stopTheLine: galleryDone }} />
        </>
      )),
      paused: overviewOf(pausedShell, overview),
      reader: overviewOf(auditorShell, overview),
      failing: overviewOf(alarmedShell, failingOverview),
      partial: overviewOf(idleShell, partialOverview),
      stale: overviewOf(idleShell, staleOverview),
      error: overviewOf(idleShell, problemOverview),
      empty: overviewOf(idleShell, emptyOverview),
      'eight-regions': overviewOf(runningShell, { ...overview, map: wideMap }),
    },
  },
  region: {
    area: 'overview',
    states: {
      normal: inShell(runningShell, () => <RegionView region={region} />),
      deployed: inShell(recentShell, () => (
        <>
          <RecentSwitch offer={rollbackOffer} actions={runActions.rollback} region="eu-west-1" />
          <RegionView region={region} />
        </>
      )),
      stale: inShell(idleShell, () => <RegionView region={staleRegion} />),
    },
  },
  traffic: {
    area: 'traffic',
    states: {
      normal: trafficOf(traffic),
      composer: trafficOf(traffic, composer),
      refused: trafficOf(traffic, drainComposer),
      invalid: trafficOf(traffic, targetComposer),
      partial: trafficOf(partialTraffic),
      error: trafficOf(problemTraffic),
      empty: trafficOf(emptyTraffic),
    },
  },
  replication: {
    area: 'replication',
    states: {
      normal: inShell(runningShell, () => <ReplicationView replication={replication} />),
      stale: inShell(idleShell, () => <ReplicationView replication={staleReplication} />),
      error: inShell(idleShell, () => <ReplicationView replication={problemReplication} />),
      empty: inShell(idleShell, () => <ReplicationView replication={emptyReplication} />),
    },
  },
  recovery: {
    area: 'recovery',
    states: {
      normal: recoveryOf(idleShell, recoveryNow),
      failing: recoveryOf(alarmedShell, failingRecovery),
      'split-brain': recoveryOf(idleShell, splitBrainRecovery),
      empty: recoveryOf(idleShell, emptyRecovery),
      readiness: recoveryOf(idleShell, readinessRecovery),
      'readiness-stale': recoveryOf(idleShell, staleReadiness),
      plans: recoveryOf(idleShell, plansRecovery),
      runbook: recoveryOf(idleShell, runbookRecovery),
      drills: recoveryOf(idleShell, drillsRecovery),
      reports: recoveryOf(idleShell, reportsRecovery),
      error: recoveryOf(idleShell, problemRecovery),
      switchover: recoveryOf(idleShell, { ...recoveryNow, request: switchoverRequest }),
      drill: recoveryOf(idleShell, { ...drillsRecovery, request: drillRequest }),
      connect: recoveryOf(idleShell, { ...readinessRecovery, request: connectRequest }),
    },
  },
  decide: {
    area: 'recovery',
    states: {
      full: decideOf(alarmedShell, decide),
      reads: decideOf(alarmedShell, readsDecide),
      wait: decideOf(alarmedShell, waitDecide),
      sinking: decideOf(sinkingShell, sinkingDecide),
    },
  },
  findings: {
    area: 'recovery',
    states: {
      normal: findingsOf(findings),
      dismissed: findingsOf(dismissedFindings),
      empty: findingsOf(noFindings),
    },
  },
  network: {
    area: 'network',
    states: {
      normal: networkOf(network),
      connect: networkOf(connectNetwork),
      whole: networkOf(wholeNetwork),
      wide: networkOf(wideNetwork),
      unknown: networkOf(unknownNetwork),
    },
  },
  deployments: {
    area: 'deployments',
    states: {
      normal: deploymentsOf(deployments),
      empty: deploymentsOf(emptyDeployments),
      releases: deploymentsOf(releaseList),
      'releases-empty': deploymentsOf(noReleases),
      versions: deploymentsOf(versionList),
      drift: deploymentsOf(driftedVersionList),
      numbers: deploymentsOf(deliveryNumbers),
      'numbers-empty': deploymentsOf(noDeliveryNumbers),
      error: deploymentsOf(problemDeployments),
    },
  },
  release: {
    area: 'deployments',
    states: {
      normal: releaseOf(releasePage),
      bad: releaseOf(badRelease),
      moved: releaseOf(movedRelease),
      stale: releaseOf(staleRelease),
    },
  },
  operations: {
    area: 'operations',
    states: {
      normal: inShell(runningShell, () => <OperationsView operations={operations} />),
      empty: inShell(idleShell, () => <OperationsView operations={emptyOperations} />),
    },
  },
  operation: {
    area: 'operations',
    states: {
      normal: operationOf(runningShell, operation),
      held: operationOf(pausedShell, heldOperation),
      reverted: operationOf(idleShell, revertedOperation),
      stuck: operationOf(runningShell, stuckOperation),
      waiting: operationOf(idleShell, waitingOperation),
      failover: operationOf(failoverShell, failoverRun),
      'failover-early': operationOf(earlyFailoverShell, earlyFailoverRun),
      'failover-ended': operationOf(idleShell, endedFailoverRun),
      'failover-incomplete': operationOf(idleShell, incompleteFailoverRun),
      switchover: operationOf(idleShell, switchoverRun),
    },
  },
  deployment: {
    area: 'operations',
    states: {
      waiting: operationOf(idleShell, waitingDeployment),
      rolling: operationOf(deployingShell, rollingDeployment),
      soaking: operationOf(deployingShell, soakingDeployment),
      held: operationOf(deployingShell, heldDeployment),
      thin: operationOf(deployingShell, thinDeployment),
      'rolled-back': operationOf(idleShell, rolledBackDeployment),
      aborted: operationOf(idleShell, abortedDeployment),
      unreachable: operationOf(deployingShell, unreachableDeployment),
      done: operationOf(recentShell, doneDeployment),
      rollback: operationOf(deployingShell, rollbackRun),
      request: deployOf(deployRequest),
      unproven: deployOf(unprovenRequest),
      bad: deployOf(badRequest),
    },
  },
  replay: {
    area: 'operations',
    states: {
      normal: inShell(idleShell, () => <ReplayView replay={replay} start={REPLAY_START} />),
      partial: inShell(idleShell, () => <ReplayView replay={gapReplay} />),
      empty: inShell(failoverShell, () => <ReplayView replay={emptyReplay} />),
    },
  },
  approvals: {
    area: 'approvals',
    states: {
      normal: approvalsOf(approvals),
      own: approvalsOf(ownRequest),
      changed: approvalsOf(voidedApprovals),
      empty: approvalsOf(emptyApprovals),
      failover: approvalsOf(failoverApproval),
      rules: approvalsOf(ruledApproval),
      closed: approvalsOf(closedApprovals),
      mine: approvalsOf(ownHistory),
      reviews: approvalsOf(reviewDebts),
      'own-debt': approvalsOf(ownDebt, indebtedShell),
    },
  },
  freezes: {
    area: 'freezes',
    states: {
      normal: freezesOf(freezes),
      chosen: freezesOf(chosenFreeze),
      cell: freezesOf(chosenCell),
      empty: freezesOf(nothingFrozen),
      reader: freezesOf(readersFreezes),
      calendar: freezesOf(freezeCalendar),
      'calendar-empty': freezesOf(emptyFreezeCalendar),
      exceptions: freezesOf(freezeExceptions),
      'exceptions-empty': freezesOf(noExceptions),
      past: freezesOf(pastFreezes),
    },
  },
  cost: {
    area: 'cost',
    states: {
      normal: inShell(idleShell, () => <CostView cost={cost} />),
      failing: inShell(idleShell, () => <CostView cost={failingCost} />),
      stale: inShell(idleShell, () => <CostView cost={staleCost} />),
      never: inShell(idleShell, () => <CostView cost={unreadCost} />),
    },
  },
  audit: {
    area: 'audit',
    states: { normal: auditOf(audit), broken: auditOf(brokenAudit), empty: auditOf(emptyAudit) },
  },
  settings: {
    area: 'settings',
    states: {
      people: settingsOf(settings),
      tokens: settingsOf(tokenSettings),
      policies: settingsOf(policySettings),
      notifications: settingsOf(notificationSettings),
      reader: settingsOf(readerSettings),
    },
  },
  'sign-in': {
    states: {
      fresh: signInOf({ kind: 'fresh' }),
      ended: signInOf({
        kind: 'ended',
        message: 'Your password was changed. Sign in with the new one.',
      }),
      refused: signInOf({
        kind: 'refused',
        email: 'operator@meridian.local',
        message: SIGN_IN_REFUSED,
      }),
      throttled: signInOf({
        kind: 'throttled',
        email: 'operator@meridian.local',
        message: signInPausedWords(10, 15 * 60),
      }),
      failed: signInOf({
        kind: 'failed',
        email: 'operator@meridian.local',
        message: actFailedWords('req_01JDC8Q4ZV'),
        requestId: 'req_01JDC8Q4ZV',
      }),
    },
  },
  pages: {
    states: {
      loading: inShell(idleShell, () => <LoadingPage />),
      error: inShell(idleShell, () => <ErrorPage digest="2914418832" />),
      missing: inShell(idleShell, () => <MissingPage />),
    },
  },
  pieces: { states: { all: inShell(runningShell, () => <Pieces />) } },
};
