// The one command. Kept to syntax that any Node reads, so that an old one can still say what is wrong.
var version = process.versions.node;
if (Number(version.split('.')[0]) < 20) {
  console.error(
    '\nMeridian needs Node 20 or later to start; this is ' +
      version +
      '. Install a current one from https://nodejs.org.\n',
  );
  process.exit(1);
}
import('./bootstrap.mjs').then(async function start(bootstrap) {
  bootstrap.assertPlatform();
  await bootstrap.ensureInstalled();
  bootstrap.runOnPinnedNode('launch/supervisor.ts', process.argv.slice(2), process.env, { watched: true });
});
