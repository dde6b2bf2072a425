package api

import (
	"context"

	"praetor/internal/blocks"
	"praetor/internal/catalogue"
	"praetor/internal/prefect"
)

type readView struct {
	View string `path:"view"`
}

// readView shows what is known of Prefect's packages. The reference fetches it from the internet and is content with less when
// it cannot; here it is built in, and there are no ready-made flows.
func (s *Server) readView(_ context.Context, in *readView) (prefect.Object, error) {
	switch in.View {
	case "aggregate-worker-metadata":
		return catalogue.WorkerTypes()
	case "aggregate-block-metadata":
		return blocks.View()
	case "aggregate-flow-metadata", "demo-flows":
		return nil, prefect.NewError(prefect.NotFound, "Requested content missing for view "+in.View)
	}
	return nil, prefect.NewError(prefect.NotFound, "View "+in.View+" not found in registry")
}
