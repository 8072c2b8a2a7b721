/**
 * How long AWS takes for what the lab's servers do in an instant, ms of AWS time (the estate's time scale shortens
 * them). Modelled; what is measured for real comes on top: the copy over the link, the promotion, the restart.
 */
export const TAKES_MS = {
  /** Provisioning before the copy starts. */
  provisioning: 120_000,
  /** Between the copy being in step and `available`. */
  finishing: 60_000,
  beforePromotion: 30_000,
  promotionReboot: 60_000,
  modification: 60_000,
  backup: 120_000,
  reboot: 30_000,
  stopping: 60_000,
  starting: 60_000,
  deletion: 120_000,
} as const;
