//! Every method may be called from inside every listener and every callback, on the same client.

crate::scenario::scenarios! {
    "/tests/browser/reentrance.js"
    connect_may_be_called_anywhere
    disconnect_may_be_called_anywhere
    reconnect_may_be_called_anywhere
    disconnect_and_connect_may_be_called_anywhere
    reconnect_and_disconnect_may_be_called_anywhere
    listeners_may_be_added_and_removed_anywhere
    emit_may_be_called_anywhere
    everything_may_be_read_anywhere
    pause_and_resume_may_be_called_anywhere
    events_may_be_taken_one_by_one_from_anywhere
    after_disconnect_nothing_more_is_delivered
    after_disconnect_in_a_listener_the_later_listeners_hear_nothing
    after_disconnect_in_a_parser_nothing_is_delivered
    after_disconnect_in_a_listener_of_open_nothing_is_delivered
    after_disconnect_in_a_listener_of_state_open_is_not_told
    reconnect_in_a_listener_drops_the_rest_and_goes_on_after_that_event
    disconnect_and_connect_in_a_listener_begin_a_new_stream
    connect_in_a_listener_of_close_connects_again
    connect_in_a_listener_of_a_fatal_error_connects_again
    every_promise_is_settled_by_the_end_of_its_own_connection
    reconnect_in_a_listener_of_the_last_error_keeps_the_promise
    an_emitter_within_an_emitter_keeps_the_order
    a_client_may_be_made_and_used_in_a_listener_of_another
}
