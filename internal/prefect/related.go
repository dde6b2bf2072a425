package prefect

import "github.com/google/uuid"

// Named is an object as far as the events of others name it.
type Named struct {
	ID   uuid.UUID
	Name string
	Tags []string
}

// NamedPool is a work pool as the events of others name it.
type NamedPool struct {
	Named
	Type string
}

// FlowRunRelated is what a flow run belongs to, as its events name it. What it does not belong to is nil.
type FlowRunRelated struct {
	Flow, Deployment, WorkQueue *Named
	WorkPool                    *NamedPool
	TaskRun                     *Named // the task run of its parent that stands for it
}

// EventDeployment is a deployment as its events tell of it. What it does not belong to is nil.
type EventDeployment struct {
	Named
	StorageDocumentID, InfrastructureDocumentID, ConcurrencyLimitID *uuid.UUID
	Flow, WorkQueue                                                 *Named
	WorkPool                                                        *NamedPool
}
