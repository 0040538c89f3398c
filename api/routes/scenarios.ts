import * as z from 'zod'
import { idSchema } from '../../domain/inventory.ts'
import type { ScenarioStatus } from '../../domain/live.ts'
import { answers } from '../answers.ts'
import type { App, Deps } from '../deps.ts'
import { isoOrNull } from '../geojson.ts'
import { fieldProblem, Problem } from '../problem.ts'
import { type ScenarioAnswer, scenarioAnswerSchema, scenarioListSchema } from '../schemas.ts'

/** How long the fleet may take to say that it did what it was told. */
const ANSWER_WITHIN_MS = 3000

const answerOf = ({ name, title, running, startedAt }: ScenarioStatus): ScenarioAnswer => ({
  name,
  title,
  running,
  startedAt: isoOrNull(startedAt),
})

const noFleet = () =>
  new Problem('unavailable', {
    vi: 'Không có đội mô phỏng nào đang chạy; hãy khởi động với PQ_SIMULATE=on hoặc npm run simulate.',
    en: 'No simulated fleet is running; start with PQ_SIMULATE=on or npm run simulate.',
  })

/** `/scenarios`: the faults that the demonstration city can play. */
export function scenarioRoutes(app: App, deps: Deps): void {
  app.get(
    '/scenarios',
    {
      schema: {
        tags: ['scenarios'],
        summary: 'The demonstration city’s faults; none while no fleet runs',
        response: answers({ 200: ['Scenarios', scenarioListSchema] }),
      },
    },
    async (_request, reply) =>
      reply.header('cache-control', 'no-cache').send({ items: deps.present.scenarioList().map(answerOf), next: null }),
  )
  for (const action of ['start', 'stop'] as const) {
    app.post(
      `/scenarios/:name/${action}`,
      {
        schema: {
          tags: ['scenarios'],
          summary: action === 'start' ? 'Start a scenario' : 'Stop a scenario',
          params: z.strictObject({ name: idSchema }),
          response: answers({ 200: ['The scenario after it', scenarioAnswerSchema] }),
        },
      },
      async (request) => answerOf(await command(deps, request.params.name, action)),
    )
  }
}

async function command({ present, live }: Deps, name: string, action: 'start' | 'stop'): Promise<ScenarioStatus> {
  const wanted = action === 'start'
  const status = find(present.scenarioList(), name)
  if (status.running === wanted) {
    throw fieldProblem(
      'conflict',
      'name',
      wanted ? `kịch bản ${name} đang chạy` : `kịch bản ${name} không chạy`,
      wanted ? `scenario ${name} is running` : `scenario ${name} is not running`,
    )
  }
  await live.commandScenario(name, action).catch(() => {
    throw noFleet()
  })
  const done = await present.scenarioWhen(
    (list) => list.some((one) => one.name === name && one.running === wanted),
    ANSWER_WITHIN_MS,
  )
  if (!done) throw noFleet()
  return find(present.scenarioList(), name)
}

function find(list: readonly ScenarioStatus[], name: string): ScenarioStatus {
  if (list.length === 0) throw noFleet()
  const status = list.find((one) => one.name === name)
  if (status) return status
  const names = list.map((one) => one.name).join(', ')
  throw fieldProblem(
    'not-found',
    'name',
    `không có kịch bản ${name}; có: ${names}`,
    `there is no scenario ${name}; there are: ${names}`,
  )
}
