/** `npm run dev`: the platform, restarted when its code changes, and the page with hot reload. */
import { spawn } from 'node:child_process'

const children = [
  spawn(process.execPath, ['--watch', '--import', 'tsx', 'infra/cli/start.ts'], { stdio: 'inherit' }),
  spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'web'], { stdio: 'inherit' }),
]
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => children.forEach((child) => void child.kill(signal)))
for (const child of children) child.on('exit', () => children.forEach((other) => void other.kill('SIGTERM')))
