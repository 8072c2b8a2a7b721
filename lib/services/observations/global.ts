/** Region under which collectors file what belongs to no Region: Route 53, Cost Explorer. */
export const GLOBAL = 'global';
