import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  datasource: { url: process.env.MERIDIAN_OWNER_URL ?? 'postgresql://unused@127.0.0.1/unused' },
});
