import { describe, expect, it } from 'vitest'
import { createContinuity } from '../../api/continuity.ts'
import type { Clock } from '../../domain/clock.ts'
import type { LiveFrame } from '../../domain/live.ts'

/** A clock that stands still until it is moved. */
function handClock() {
  let nowMs = 0
  const timers = new Set<{ dueMs: number; everyMs: number; work: () => void }>()
  const clock: Clock = {
    now: () => nowMs,
    every(everyMs, work) {
      const timer = { dueMs: nowMs + everyMs, everyMs, work }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    after: () => () => {},
  }
  const move = (ms: number) => {
    nowMs += ms
    for (const timer of timers) {
      while (timer.dueMs <= nowMs) {
        timer.dueMs += timer.everyMs
        timer.work()
      }
    }
  }
  return { clock, move }
}

function setUp() {
  const { clock, move } = handClock()
  const resyncs: string[] = []
  let asked = 0
  const continuity = createContinuity({
    wall: clock,
    wantSnapshot: () => {
      asked += 1
    },
    resync: (reason) => resyncs.push(reason),
  })
  const send = (epoch: string, seq: number, snapshot?: LiveFrame['snapshot']) => {
    const frame: LiveFrame = { epoch, seq, at: 0, sites: [], links: [], ...(snapshot && { snapshot }) }
    const said = continuity.follow(frame)
    if (said) continuity.settle(frame)
    return said
  }
  return { continuity, send, move, resyncs, asked: () => asked }
}

describe('the sequence of live frames', () => {
  it('is whole: nothing is asked', () => {
    const { send, resyncs, asked, continuity, move } = setUp()
    continuity.connected()
    send('a', 1)
    move(1000)
    send('a', 2, 'part')
    send('a', 3, 'last')
    const before = asked()
    for (let seq = 4; seq < 50; seq++) send('a', seq)
    move(10_000)
    expect([asked(), resyncs]).toEqual([before, ['gap']])
  })

  it('has a hole: a full state is asked for until a whole one came', () => {
    const { send, move, resyncs, asked } = setUp()
    send('a', 1)
    expect(asked()).toBe(1)
    move(1000)
    expect(asked()).toBe(2)
    send('a', 2, 'part')
    send('a', 4, 'last')
    expect(resyncs).toEqual([])
    move(1000)
    send('a', 5, 'part')
    send('a', 6)
    send('a', 7, 'last')
    expect(resyncs).toEqual(['gap'])
    const settled = asked()
    move(5000)
    expect(asked()).toBe(settled)
  })

  it('begins in the middle of a full state that another asked for: that one does not count', () => {
    const { send, move, resyncs } = setUp()
    send('a', 7, 'part')
    send('a', 8, 'last')
    expect(resyncs).toEqual([])
    move(1000)
    send('a', 9, 'last')
    expect(resyncs).toEqual(['gap'])
  })

  it('starts anew with a new life, and does not listen to a repeat', () => {
    const { send, resyncs } = setUp()
    send('a', 1)
    send('a', 2, 'last')
    send('b', 1)
    expect(send('b', 1)).toBe(false)
    send('b', 2, 'last')
    expect(resyncs).toEqual(['gap', 'new-epoch'])
  })

  it('never asks more than once a second, however confused two senders make it', () => {
    const { send, move, asked } = setUp()
    for (let n = 1; n <= 100; n++) {
      send('a', n)
      send('b', n)
      move(20)
    }
    expect(asked()).toBeLessThanOrEqual(4)
  })
})
