/** Tasks of the agent in memory, the newest thousand of them, each with its newest messages. */
import type { ListTasksRequest, ListTasksResponse, Task } from '@a2a-js/sdk'
import { InMemoryTaskStore, type ServerCallContext, type TaskStore } from '@a2a-js/sdk/server'

const tasksMax = 1_000
const messagesMax = 50

/** A store that forgets the oldest task when it is full. */
export const boundedTasks = (): TaskStore => {
  const kept = new Map<string, Task>()
  return {
    save: async (task: Task) => {
      kept.delete(task.id)
      const [oldest] = kept.keys()
      if (kept.size >= tasksMax && oldest !== undefined) kept.delete(oldest)
      kept.set(task.id, structuredClone({ ...task, history: task.history.slice(-messagesMax) }))
    },
    load: async (taskId: string) => structuredClone(kept.get(taskId)),
    list: async (request: ListTasksRequest, context: ServerCallContext): Promise<ListTasksResponse> => {
      const all = new InMemoryTaskStore()
      for (const task of kept.values()) await all.save(task, context)
      return all.list(request, context)
    },
  }
}
