// Rows that belong to a day, put together by day.

export interface OfDay {
  last_day: string;
  days_left: number;
}

export interface Day<Row> {
  day: string;
  left: number;
  rows: Row[];
}

/** Rows by their day, in the order in which they come. */
export function groupByDay<Row extends OfDay>(rows: Row[]): Day<Row>[] {
  const days: Day<Row>[] = [];
  for (const row of rows) {
    if (days.at(-1)?.day !== row.last_day) days.push({ day: row.last_day, left: row.days_left, rows: [] });
    days.at(-1)!.rows.push(row);
  }
  return days;
}
