package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"praetor/internal/app"
	"praetor/internal/store"
)

func serverCommand() *cobra.Command {
	server := &cobra.Command{Use: "server", Short: "Run the server or look after its database"}
	server.AddCommand(
		withBackground(startCommand(), "server runs", serverPIDFile), stopCommand("Stop the server that runs in the background", "server runs", serverPIDFile),
		databaseCommand(), servicesCommand(),
	)
	return server
}

func startCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Run the server until it is interrupted",
		Args:  cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.String("host", "", "the address to listen on (PREFECT_SERVER_API_HOST)")
	flags.String("port", "", "the port to listen on (PREFECT_SERVER_API_PORT)")
	flags.String("keep-alive-timeout", "", "seconds that an idle connection stays open (PREFECT_SERVER_API_KEEPALIVE_TIMEOUT)")
	flags.String("log-level", "", "the least severe messages to log (PREFECT_SERVER_LOGGING_LEVEL)")
	flags.Bool("no-services", false, "run no background services")
	flags.Bool("no-ui", false, "serve no user interface")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		overrides := map[string]string{}
		for flag, setting := range map[string]string{
			"host": "PREFECT_SERVER_API_HOST", "port": "PREFECT_SERVER_API_PORT",
			"keep-alive-timeout": "PREFECT_SERVER_API_KEEPALIVE_TIMEOUT", "log-level": "PREFECT_SERVER_LOGGING_LEVEL",
		} {
			if flags.Changed(flag) {
				overrides[setting] = flags.Lookup(flag).Value.String()
			}
		}
		if flags.Changed("no-ui") {
			overrides["PREFECT_SERVER_UI_ENABLED"] = "false"
		}
		noServices, err := flags.GetBool("no-services")
		if err != nil {
			return err
		}
		settings, log, err := load(overrides)
		if err != nil {
			return err
		}
		return app.Serve(cmd.Context(), settings, app.Options{
			Version: version, Log: log, NoServices: noServices,
			Ready: func(addr net.Addr) {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "Praetor answers at http://%s/api\n", addr) // nobody may be reading
			},
		})
	}
	return cmd
}

func databaseCommand() *cobra.Command {
	database := &cobra.Command{Use: "database", Short: "Look after the database"}
	database.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Tell whether the database is at the revision that this release uses",
		Args:  cobra.NoArgs,
		RunE: onDatabase(func(ctx context.Context, db *store.Store) (string, error) {
			return "The database is at the right revision.", db.Check(ctx)
		}),
	}, &cobra.Command{
		Use:   "upgrade",
		Short: "Make the schema in an empty database; one at the right revision is left as it is",
		Args:  cobra.NoArgs,
		RunE: onDatabase(func(ctx context.Context, db *store.Store) (string, error) {
			created, err := db.Prepare(ctx)
			if created {
				return "The schema has been made.", err
			}
			return "The database is at the right revision already.", err
		}),
	})
	return database
}

// onDatabase makes a command of what it does with the configured database, which ends with a message or an error.
func onDatabase(do func(context.Context, *store.Store) (string, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		settings, _, err := load(nil)
		if err != nil {
			return err
		}
		db, err := app.Connect(cmd.Context(), settings)
		if err != nil {
			return err
		}
		message, err := do(cmd.Context(), db)
		if err := errors.Join(err, db.Close()); err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), message)
		return err
	}
}
