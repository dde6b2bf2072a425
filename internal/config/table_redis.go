package config

// redisSettings are those of the reference's package prefect_redis that tell where Redis is, and how messages are
// consumed.
func redisSettings() []setting {
	return []setting{
		{names: names("PREFECT_REDIS_MESSAGING_URL"), at: func(s *Settings) any { return &s.Redis.URL }, doc: "where Redis is, in place of the settings that follow", secret: address},
		{names: names("PREFECT_REDIS_MESSAGING_HOST"), start: "localhost", at: func(s *Settings) any { return &s.Redis.Host }, doc: "the host of Redis"},
		{names: names("PREFECT_REDIS_MESSAGING_PORT"), start: "6379", at: func(s *Settings) any { return &s.Redis.Port }, doc: "its port", allow: between(1, 65535)},
		{names: names("PREFECT_REDIS_MESSAGING_DB"), start: "0", at: func(s *Settings) any { return &s.Redis.DB }, doc: "the number of the database in it", allow: notNegative()},
		{names: names("PREFECT_REDIS_MESSAGING_USERNAME"), start: "default", at: func(s *Settings) any { return &s.Redis.Username }, doc: "the user"},
		{names: names("PREFECT_REDIS_MESSAGING_PASSWORD"), at: func(s *Settings) any { return &s.Redis.Password }, doc: "the user's password", secret: secret},
		{names: names("PREFECT_REDIS_MESSAGING_SSL"), start: "false", at: func(s *Settings) any { return &s.Redis.SSL }, doc: "whether the connection is by TLS"},
		{names: names("PREFECT_REDIS_MESSAGING_CONSUMER_BLOCK"), start: "1", at: func(s *Settings) any { return &s.Redis.Block }, doc: "how long a consumer of messages waits for one before it looks at other things", allow: between(0.05, 60)},
		{names: names("PREFECT_REDIS_MESSAGING_CONSUMER_MIN_IDLE_TIME"), start: "5", at: func(s *Settings) any { return &s.Redis.MinIdle }, doc: "after how long another consumer takes over a message that was not finished", allow: between(1, 3600)},
		{names: names("PREFECT_REDIS_MESSAGING_CONSUMER_MAX_RETRIES"), start: "3", at: func(s *Settings) any { return &s.Redis.MaxRetries }, doc: "how often a message that cannot be handled is tried again before it is a dead letter", allow: notNegative()},
		{names: names("PREFECT_REDIS_MESSAGING_CONSUMER_TRIM_EVERY"), start: "60", at: func(s *Settings) any { return &s.Redis.TrimEvery }, doc: "how often messages that are done are deleted", allow: notNegative()},
		{names: names("PREFECT_REDIS_MESSAGING_CONSUMER_TRIM_IDLE_THRESHOLD"), start: "300", at: func(s *Settings) any { return &s.Redis.TrimIdle }, doc: "after how long without a reader a group of consumers keeps no messages any more", allow: notNegative()},
	}
}
