//! The emitter: who is called, in which order, and what becomes of exceptions.

crate::scenario::scenarios! {
    "/tests/browser/listeners.js"
    listeners_run_in_order_of_registration
    a_listener_gets_the_data_and_the_event
    a_listener_is_called_like_a_function
    on_returns_a_function_that_unsubscribes
    once_is_called_once
    once_is_called_once_even_if_it_emits_the_same
    once_can_be_taken_back_with_off
    the_same_function_twice_is_called_twice
    off_takes_away_one_listener_or_a_type_or_all
    off_without_a_type_takes_the_function_away_everywhere
    off_for_what_was_never_on_does_nothing
    a_listener_added_while_an_event_is_dispatched_hears_the_next_one
    a_listener_for_a_new_type_hears_it_later_in_the_same_chunk
    a_listener_removed_while_an_event_is_dispatched_is_not_called
    all_listeners_may_be_removed_while_an_event_is_dispatched
    a_listener_that_throws_is_reported_and_stops_nobody
    a_listener_of_the_connection_that_throws_is_reported_and_stops_nobody
    what_is_thrown_need_not_be_an_error
    without_report_error_the_console_is_told
    an_async_listener_that_fails_is_the_pages_own_matter
    emit_says_whether_anything_listened
    emit_dispatches_as_if_the_server_had_sent_it
    a_client_says_what_it_is
    emit_takes_what_has_no_json_form
    emit_reaches_the_listeners_of_the_connections_own_events
    an_event_type_is_a_string
    a_listener_is_a_function
    a_type_that_nothing_listens_to_any_more_costs_nothing
    on_and_off_take_as_long_after_very_many_types_as_before
    a_type_that_takes_the_place_of_another_gets_nothing_that_was_meant_for_that
    listeners_may_be_added_and_removed_at_every_event_of_a_flood
    nothing_is_heard_of_an_empty_type
}
