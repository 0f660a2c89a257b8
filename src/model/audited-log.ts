/** Where a log document stands: its segment, and its row in it. */
export type LogPlace = Readonly<{ segment: number; row: number }>;

/** What a log document says of an action; texts that it does not have are empty, and long ones are cut. */
export type AuditedLog = LogPlace &
  Readonly<{
    index: string;
    id: string;
    action: string;
    resource: string;
    result: string;
    /** The first of `audit.user_id`, `user_id`, `agent.name` and `service.name` that there is. */
    actor: string;
    /** Other members that are worth keeping, by name. */
    members: Readonly<Record<string, string>>;
  }>;
