export { createDatabases, type DatabaseOptions } from './databases.ts';
export { isEndpointOf } from './endpoint-name.ts';
export { estateResourceId } from './records.ts';
export { DATABASE, PRODUCT_COUNT } from './schema.ts';
export type {
  DatabaseControl,
  DatabaseInstance,
  DatabaseLogin,
  DatabaseRole,
  Databases,
  ShopPlace,
} from './types.ts';
export { writerIn } from './writer.ts';
