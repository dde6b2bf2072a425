package main

import (
	"fmt"
	"net"
	"strings"
	"text/tabwriter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"praetor/internal/app"
)

func servicesCommand() *cobra.Command {
	services := &cobra.Command{Use: "services", Short: "Run the background services apart from the API"}
	start := &cobra.Command{
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
	}
	const what = "services run"
	services.AddCommand(
		withBackground(start, what, servicesPIDFile), stopCommand("Stop the services that run in the background", what, servicesPIDFile), listServicesCommand(),
	)
	return services
}

func listServicesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Aliases: []string{"list"}, Short: "List the services, whether the settings turn them on, and by which", Args: cobra.NoArgs}
	output := cmd.Flags().StringP("output", "o", "", `"json" for JSON`)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *output != "" && !strings.EqualFold(*output, "json") {
			return fmt.Errorf("--output is %q: allowed is json", *output)
		}
		settings, _, err := load(nil)
		if err != nil {
			return err
		}
		list := app.ServiceList(settings)
		if *output != "" {
			return json.MarshalWrite(cmd.OutOrStdout(), list, jsontext.WithIndent("  "))
		}
		out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		for _, s := range list {
			enabled := "off"
			if s.Enabled {
				enabled = "on"
			}
			if _, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", s.Name, enabled, s.Setting, s.Description); err != nil {
				return err
			}
		}
		return out.Flush()
	}
	return cmd
}
