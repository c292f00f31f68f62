/** Roles a run can judge: those that serve operations, bridges, which speak the protocols of others, and buyer agents, which call. */
import { roles } from '../schemas/index.ts'

export const judgedRoles = [...roles, 'bridge', 'agent'] as const
export type JudgedRole = (typeof judgedRoles)[number]

/** Whether a word from outside names a role that can be judged. */
export const isJudgedRole = (role: unknown): role is JudgedRole => (judgedRoles as readonly unknown[]).includes(role)
