// Command praetor is a server that speaks Prefect's API over Prefect's own database schema.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/redis/go-redis/v9/logging"
)

// version is the release, set by the linker.
var version = "dev"

func main() {
	logging.Disable() // of the Redis client, which knows no other logger than its own: its errors are logged by who gets them
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := rootCommand().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "praetor:", err)
		os.Exit(1)
	}
}
