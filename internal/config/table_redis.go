package config

// redisSettings are those of the reference's package prefect_redis that tell where Redis is.
func redisSettings() []setting {
	return []setting{
		{names: names("PREFECT_REDIS_MESSAGING_URL"), at: func(s *Settings) any { return &s.Redis.URL }, doc: "where Redis is, in place of the settings that follow", secret: address},
		{names: names("PREFECT_REDIS_MESSAGING_HOST"), start: "localhost", at: func(s *Settings) any { return &s.Redis.Host }, doc: "the host of Redis"},
		{names: names("PREFECT_REDIS_MESSAGING_PORT"), start: "6379", at: func(s *Settings) any { return &s.Redis.Port }, doc: "its port", allow: between(1, 65535)},
		{names: names("PREFECT_REDIS_MESSAGING_DB"), start: "0", at: func(s *Settings) any { return &s.Redis.DB }, doc: "the number of the database in it", allow: notNegative()},
		{names: names("PREFECT_REDIS_MESSAGING_USERNAME"), start: "default", at: func(s *Settings) any { return &s.Redis.Username }, doc: "the user"},
		{names: names("PREFECT_REDIS_MESSAGING_PASSWORD"), at: func(s *Settings) any { return &s.Redis.Password }, doc: "the user's password", secret: secret},
		{names: names("PREFECT_REDIS_MESSAGING_SSL"), start: "false", at: func(s *Settings) any { return &s.Redis.SSL }, doc: "whether the connection is by TLS"},
	}
}
