/* The architecture, as rules. Stages meet only on the wire; domain is the one shared word list. */
const STAGE = '^(broker|ingest|api|web|simulators)/'
const rule = (name, from, to) => ({ name, severity: 'error', from, to })
const home = (pkg, path) =>
  rule(`${pkg}-stays-home`, { pathNot: [path, '^(test|infra)/'] }, { path: `^node_modules/(${pkg})/` })

module.exports = {
  forbidden: [
    rule('stages-meet-only-on-the-wire', { path: STAGE }, { path: STAGE, pathNot: '^$1/' }),
    rule('domain-is-a-leaf', { path: '^domain/' }, { pathNot: ['^domain/', '^node_modules/(zod|h3-js)/'] }),
    rule('browser-and-fleet-touch-no-store', { path: '^(web|simulators)/' }, { path: '^store/' }),
    rule('store-is-a-leaf', { path: '^store/' }, { path: '^(broker|ingest|api|web|simulators)/' }),
    rule(
      'journal-and-history-are-apart',
      { path: '^store/(journal|history|registry)/' },
      { path: '^store/', pathNot: '^store/$1/' },
    ),
    rule('nobody-imports-test-or-infra', { pathNot: '^(test|infra)/' }, { path: '^(test|infra)/' }),
    rule(
      'main-and-config-are-roots',
      { pathNot: '/main\\.tsx?$|^(test|infra)/' },
      { path: '^(broker|ingest|api|simulators)/(main\\.tsx?|config\\.ts)$', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'browser-code-has-no-node',
      { path: '^(web|domain)/', pathNot: 'config\\.ts$' },
      { dependencyTypes: ['core'] },
    ),
    rule('no-cycles', {}, { circular: true }),
    rule('no-unresolved', {}, { couldNotResolve: true, pathNot: ['^virtual:', '^@lingui/', '\\?(worker|url|raw)'] }),
    rule('no-orphans', { orphan: true, pathNot: ['\\.d\\.ts$', '^test/', '^infra/', 'config\\.ts$'] }, {}),
    home('aedes|aedes-persistence|aedes-persistence-level', '^broker/'),
    home('mqtt', '^(ingest|api)/(live|control)\\.ts$|^simulators/'),
    home('@duckdb/node-api', '^store/history/'),
    home('kysely|libsql|pg', '^store/registry/'),
    home('socket.io', '^api/feed/|^api/feed\\.ts$'),
    home('socket.io-client', '^web/live\\.ts$'),
    home('maplibre-gl', '^web/map/'),
  ],
  options: {
    tsPreCompilationDeps: true, // count `import type` too
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
