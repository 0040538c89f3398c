import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, isFilter, matches } from '../../broker/filter.ts'
import { integrationRights, judgePublish, mayReceive, maySubscribe } from '../../broker/permission.ts'

const level = fc.constantFrom('a', 'b', '', 'live', '$SYS', 'pq')
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter((t) => t !== '')
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 3 }), fc.boolean())
  .map(([levels, hash]) => [...levels, ...(hash ? ['#'] : [])].join('/'))
  .filter(isFilter)

/** The standard's words as a regular expression: slow, and plain to compare with. */
function slowMatches(pattern: string, name: string): boolean {
  if (name.startsWith('$') && !pattern.startsWith('$')) return false
  const source = pattern
    .split('/')
    .map((part) => (part === '+' ? '[^/]*' : part === '#' ? '#' : part.replace('$', '\\$')))
    .join('/')
    .replace(/^#$/, '.*')
    .replace(/\/#$/, '(/.*)?')
  return new RegExp(`^${source}$`).test(name)
}

describe('topic filters', () => {
  it('match as the standard says', () => {
    fc.assert(
      fc.property(filter, topic, (f, t) => matches(f, t) === slowMatches(f, t)),
      { numRuns: 3000 },
    )
  })

  it('cover only filters whose every topic they match', () => {
    fc.assert(
      fc.property(
        filter,
        filter,
        topic,
        (wide, narrow, t) => !(covers(wide, narrow) && matches(narrow, t)) || matches(wide, t),
      ),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['#', 'a/b'],
    ['pq/#', 'pq'],
    ['pq/#', 'pq/+/x/#'],
    ['pq/+/x', 'pq/+/x'],
    ['pq/+/x', 'pq/a/x'],
    ['+/+', 'a/+'],
    ['a', 'a'],
  ])('%s covers %s', (wide, narrow) => expect(covers(wide, narrow)).toBe(true))

  it.each([
    ['#', '$SYS/#'],
    ['+/x', '$SYS/x'],
    ['pq/+', 'pq/#'],
    ['pq/a', 'pq/+'],
    ['pq/a/#', 'pq/#'],
    ['pq/+/x', 'pq/+/+'],
    ['a', 'a/b'],
    ['a/b', 'a'],
  ])('%s does not cover %s', (wide, narrow) => expect(covers(wide, narrow)).toBe(false))
})

describe('an integration', () => {
  const everything = integrationRights(['#', 'not/#/valid'], ['#'])

  it('never reads or writes what only the stages may, however wide its filters', () => {
    for (const name of ['pq/v1/live/sites', 'pq/v1/control/scenario', '$SYS/x']) {
      expect(judgePublish(everything, name)).toBe('forbidden')
    }
    expect(mayReceive(everything, 'pq/v1/control/scenario')).toBe(false)
    expect(mayReceive(everything, '$SYS/x/heartbeat')).toBe(false)
    expect(maySubscribe(everything, 'pq/v1/control/#')).toBe(false)
    expect(maySubscribe(everything, '$SYS/#')).toBe(false)
    expect(mayReceive(everything, 'pq/v1/live/sites')).toBe(true)
  })

  it('loses its malformed filters, and nothing else', () => {
    expect(everything.read).toEqual(['#'])
    expect(judgePublish(integrationRights([], []), 'a')).toBe('forbidden')
  })

  it('receives whatever a subscription that was granted can bring, but control', () => {
    fc.assert(
      fc.property(filter, filter, topic, (read, subscription, t) => {
        const rights = integrationRights([read], [])
        return !maySubscribe(rights, subscription) || !matches(subscription, t) || mayReceive(rights, t)
      }),
      { numRuns: 3000 },
    )
  })
})
