package wire

import (
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/workpool"
)

// specials are the decoders of fields whose type the tags cannot describe, by the name in their wire tag.
func specials() map[string]decoder {
	return map[string]decoder{
		"retry_delay": decodeRetryDelay, "task_inputs": decodeTaskInputs, "bytes": decodeBytes, "run_name": decodeRunName,
		"datetime": decodeDatetime, "pool_name": poolNameDecoder(), "job_template": decodeJobTemplate,
		"schedule": decodeSchedule, "interval": decodeInterval, "parameter_schema": decodeParameterSchema,
