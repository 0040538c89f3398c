import { describe, expect, it } from 'vitest'
import { createAttempts, forgive, recordFailure } from '../../broker/attempts.ts'
import { fullBucket, REFUSED, take } from '../../broker/rate.ts'

describe('an allowance of 10 a second and 5 at once', () => {
  const rate = { perSecond: 10, burst: 5 }

  it('lets the burst through, then holds back longer and longer, then refuses', () => {
    const bucket = fullBucket(rate, 0)
    const answers = Array.from({ length: 12 }, () => take(bucket, rate, 0))
    expect(answers).toEqual([0, 0, 0, 0, 0, 100, 200, 300, 400, 500, REFUSED, REFUSED])
  })

  it('never lets more through in the long run, and forgets what was refused', () => {
    const bucket = fullBucket(rate, 0)
    for (let i = 0; i < 50; i++) take(bucket, rate, 0)
    expect(take(bucket, rate, 1100)).toBe(0)
  })

  it('does not gain from a clock that goes back', () => {
    const bucket = fullBucket(rate, 1000)
    for (let i = 0; i < 5; i++) take(bucket, rate, 1000)
    expect(take(bucket, rate, 0)).toBe(100)
  })

  it('is no limit at 0 a second', () => {
    const none = { perSecond: 0, burst: 1 }
    const bucket = fullBucket(none, 0)
    for (let i = 0; i < 1000; i++) expect(take(bucket, none, 0)).toBe(0)
  })
})

describe('failed sign-ins', () => {
  it('get slow for their address alone, and quick again with time', () => {
    const attempts = createAttempts(2)
    expect([1, 2, 3].map(() => recordFailure(attempts, 'a', 0))).toEqual(['none', 'none', 'delay'])
    expect(recordFailure(attempts, 'b', 0)).toBe('none')
    forgive(attempts, 'a')
    expect(recordFailure(attempts, 'a', 60_000)).toBe('none')
  })

  it('are hung up on when too many answers are waiting', () => {
    const attempts = createAttempts(1)
    const penalties = Array.from({ length: 52 }, () => recordFailure(attempts, 'a', 0))
    expect(penalties[0]).toBe('none')
    expect(penalties.slice(1, 51).every((penalty) => penalty === 'delay')).toBe(true)
    expect(penalties[51]).toBe('hang-up')
  })

  it('are remembered of a bounded number of addresses', () => {
    const attempts = createAttempts(1, 10)
    for (let i = 0; i < 1000; i++) recordFailure(attempts, `a${i}`, 0)
    expect(attempts.byAddress.size).toBe(10)
  })
})
