/** Roles a run can judge: those that serve operations, and bridges, which speak the protocols of others. */
import { roles } from '../schemas/index.ts'

export const judgedRoles = [...roles, 'bridge'] as const
export type JudgedRole = (typeof judgedRoles)[number]

/** Whether a word from outside names a role that can be judged. */
export const isJudgedRole = (role: unknown): role is JudgedRole => (judgedRoles as readonly unknown[]).includes(role)
