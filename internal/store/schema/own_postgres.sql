CREATE TABLE IF NOT EXISTS praetor_event_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL,
  event jsonb
);
