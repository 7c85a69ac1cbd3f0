//! What frameworks, test set-ups and odd platforms do to a client.

crate::scenario::scenarios! {
    "/tests/browser/surroundings.js"
    vue_does_not_make_a_proxy_of_the_client
    a_report_that_throws_wedges_nothing
    a_clock_that_throws_wedges_nothing
    a_computers_clock_that_throws_keeps_no_paused_request_alive
    a_computers_clock_that_throws_wedges_nothing
    an_abort_signal_that_throws_wedges_nothing
    timers_that_throw_wedge_nothing
    a_signal_of_ones_own_making_wedges_nothing
    debug_output_holds_nothing_a_response_said
    a_generator_given_as_a_body_is_sent_once
    a_map_is_no_body
    a_reader_that_answers_nonsense_is_a_callback_error
    a_prompt_whose_answer_validate_refuses_is_not_sent_again
    a_content_type_sent_twice_is_taken
    a_body_that_is_always_ready_lets_timers_fire
    a_slow_listener_and_a_body_that_is_always_ready_let_timers_fire
    a_client_may_be_closed_while_a_body_that_is_always_ready_waits_for_a_timer
    a_client_with_headers_says_when_it_connects_that_there_are_none_here
    a_stub_of_a_part_of_the_page_is_no_error
    a_page_that_takes_only_some_listeners_keeps_none_of_them
    clients_that_share_a_signal_listen_to_it_once
    a_subclass_may_have_a_state_of_its_own
}
