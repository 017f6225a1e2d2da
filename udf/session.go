package udf

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/uuid"
)

var sessionFuncs = []Scalar{
	{
		Name: "current_user", Aliases: []string{"session_user", "user"}, Kind: "session", Args: []string{},
		Doc:     "The name of the user that runs the statement.",
		Example: "current_user() = 'ada'",
		Impls:   sessionText(func(env *Env) string { return env.User }),
	},
	{
		Name: "current_database", Aliases: []string{"current_catalog"}, Kind: "session", Args: []string{},
		Doc:     "The name of the catalog.",
		Example: "current_database() = 'mediaflight'",
		Impls:   sessionText(func(env *Env) string { return env.Database }),
	},
	{
		Name: "current_schema", Kind: "session", Args: []string{},
		Doc:     "The schema in which names without a schema are looked up first.",
		Example: "current_schema() = 'main'",
		Impls:   sessionText(func(env *Env) string { return env.Schema }),
	},
	{
		Name: "version", Kind: "session", Args: []string{},
		Doc:     "The name of the server's software.",
		Example: "version() = 'Mediaflight'",
		Impls:   sessionText(func(*Env) string { return "Mediaflight" }),
	},
	{
		Name: "pg_typeof", Aliases: []string{"typeof"}, Kind: "session", Args: []string{"value"},
		Doc:     "The name of the value's type. Never NULL.",
		Example: "pg_typeof(1) = 'integer'",
		Impls: []Impl{{In: []Type{anyvalue}, Out: returns(textType), Nulls: true, Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			name := plainName(args[0].DataType())
			valid := allValid(call.Mem, rowsOf(call, args))
			return mapTextValid(call, valid, func(dst []byte, _ int) ([]byte, error) { return append(dst, name...), nil })
		}}},
	},
	{
		Name: "gen_random_uuid", Aliases: []string{"uuid", "uuidv4"}, Kind: "uuid", Args: []string{}, Volatile: true,
		Doc:     "A random uuid of version 4; another one for every row.",
		Example: "length(gen_random_uuid()::text) = 36",
		Impls: []Impl{{In: []Type{}, Out: returns(uuidType), Eval: func(call *Call, _ []Arg) (arrow.Array, error) {
			return newUUIDs(call, uuid.NewRandom)
		}}},
	},
	{
		Name: "uuidv7", Kind: "uuid", Args: []string{}, Volatile: true,
		Doc:     "A uuid of version 7, which starts with the time, so that later ones sort later; another one for every row.",
		Example: "length(uuidv7()::text) = 36",
		Impls: []Impl{{In: []Type{}, Out: returns(uuidType), Eval: func(call *Call, _ []Arg) (arrow.Array, error) {
			return newUUIDs(call, uuid.NewV7)
		}}},
	},
}

func sessionText(f func(env *Env) string) []Impl {
	return []Impl{{In: []Type{}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
		s := f(call.Env)
		return mapText(call, args, func(dst []byte, _ int) ([]byte, error) { return append(dst, s...), nil })
	}}}
}

func newUUIDs(call *Call, next func() (uuid.UUID, error)) (arrow.Array, error) {
	buffer, out := newValues[uint8](call.Mem, call.Rows*16)
	for i := range call.Rows {
		id, err := next()
		if err != nil {
			buffer.Release()
			return nil, err
		}
		copy(out[i*16:], id[:])
	}
	return allValid(call.Mem, call.Rows).array(uuidType, buffer), nil
}
