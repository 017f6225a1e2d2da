// Package flightsrv is the Flight SQL server: it turns Flight requests into statements, and batches of rows into Flight
// streams.
//
//	Flight request   service.go      each call to its command, commands.go to each command's file
//	session          request.go      who sends it, and with which settings
//	statement        statement.go    plans it, runs what changes something, signs a ticket for what is to be read
//	ticket           ticket.go       everything DoGet needs, readable again and again
//	stream           stream.go       batches to messages, codec.go and flight_data.go to bytes, without a copy
//	error            status.go       SQLSTATE, position and hint to gRPC's status
//
// It stands on the generated service and not on arrow-go's flightsql.BaseServer, whose DoGet copies three times and which
// leaves no hand on tickets, sessions and raw SQL; its message types and schemas are used.
package flightsrv
