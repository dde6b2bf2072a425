CREATE TABLE IF NOT EXISTS praetor_event_queue (
  id INTEGER PRIMARY KEY,
  event_id CHAR(36) NOT NULL,
  event JSON
);
