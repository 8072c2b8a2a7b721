/** In the title of a test that changes nothing of the estate and expects nothing of what runs: it runs beside a story. */
export const READS = /@reads\b/;

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
