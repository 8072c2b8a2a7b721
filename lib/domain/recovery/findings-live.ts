import type { Outlook } from './facts.ts';
import {
  cacheSecondaries,
  cacheSlots,
  pinnedImages,
  replicators,
  storageGaps,
  storageRules,
  timeControl,
  versions,
  wayBack,
} from './findings-copies.ts';
import {
  deadReplicas,
  idleLag,
  oldPrimaries,
  parity,
  replicaChains,
  replicaCount,
  replicaSettings,
  splitBrain,
  statedLoss,
} from './findings-databases.ts';
import {
  forwardedOrders,
  home,
  onDuty,
  overdueReview,
  readyNodes,
  residency,
  survivableAtPeak,
} from './findings-estate.ts';
import type { Live } from './findings-evidence.ts';
import {
  defaultRecord,
  detection,
  disabledChecks,
  missingPaths,
  separateProbes,
  switches,
  weightedSets,
  zeroWeights,
} from './findings-network.ts';

type LiveCheck = (outlook: Outlook) => Live;

/** Statements that the live estate proves or refutes; all others stand as the document has them. */
export const LIVE_CHECKS: Readonly<Record<string, LiveCheck>> = {
  'B-02': storageRules,
  'B-05': missingPaths,
  'B-06': switches,
  'B-09': idleLag,
  'B-10': cacheSecondaries,
  'B-11': cacheSlots,
  'B-17': timeControl,
  'B-18': storageGaps,
  'B-19': replicaSettings,
  'B-20': splitBrain,
  'C-01': detection,
  'C-03': residency,
  'C-08': survivableAtPeak,
  'C-09': parity,
  'C-12': versions,
  'C-13': wayBack,
  'C-15': forwardedOrders,
  'C-21': weightedSets,
  'C-22': defaultRecord,
  'C-26': overdueReview,
  'C-27': onDuty,
  'R-01': home,
  'R-02': readyNodes,
  'R-03': statedLoss,
  'R-05': separateProbes,
  'R-06': zeroWeights,
  'R-07': disabledChecks,
  'R-10': oldPrimaries,
  'R-12': deadReplicas,
  'R-13': replicaChains,
  'R-14': replicaCount,
  'R-16': replicators,
  'R-18': pinnedImages,
};
