package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"praetor/internal/app"
)

func servicesCommand() *cobra.Command {
	services := &cobra.Command{Use: "services", Short: "Run the background services apart from the API"}
	services.AddCommand(&cobra.Command{
		Use:   "start",
		Short: "Run the enabled services on the configured database until interrupted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, log, err := load(nil)
			if err != nil {
				return err
			}
			return app.Services(cmd.Context(), settings, app.Options{
				Version: version, Log: log,
				Ready: func(net.Addr) {
					_, _ = fmt.Fprintln(cmd.OutOrStdout(), "The services run. Interrupt to stop them.") // nobody may be reading
				},
			})
		},
	})
	return services
}
