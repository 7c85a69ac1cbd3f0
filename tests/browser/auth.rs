//! Tokens that are shared: who asks for them, and who renews them for whom.

crate::scenario::scenarios! {
    "/tests/browser/auth.js"
    ten_clients_that_are_refused_together_cause_one_refresh
    the_refresh_is_told_about_the_client_that_asked_first
    a_client_refused_with_a_token_from_before_the_refresh_causes_none
    a_client_refused_with_an_older_token_waits_for_the_refresh_under_way
    without_get_token_the_last_token_that_was_refreshed_is_used
    what_get_token_answers_is_passed_on_as_it_is
    whether_there_is_refreshing_can_be_told
    what_refresh_token_answers_is_passed_on_as_it_is
    all_who_wait_are_told_that_the_refresh_failed
    whoever_stops_waiting_for_a_refresh_is_let_go_and_the_others_are_not
    a_refresh_that_hangs_is_abandoned_when_nobody_waits_for_it
    a_refresh_nobody_waits_for_is_not_begun
    a_refresh_may_call_back
    a_refresh_may_give_itself_up
    two_tabs_run_one_refresh_between_them
    a_tab_that_waited_in_vain_refreshes_for_itself
    a_tab_that_had_no_token_waits_for_one_and_refreshes_when_there_is_none
    a_tab_that_comes_after_another_has_refreshed_uses_its_token
    a_tab_refreshes_when_there_is_no_better_token_than_the_refused_one
    tabs_that_use_different_names_do_not_wait_for_each_other
    without_a_name_no_lock_is_taken
    an_abandoned_refresh_lets_other_tabs_refresh
    a_get_token_that_hangs_inside_a_refresh_keeps_no_lock
    a_refresh_given_up_by_get_token_keeps_no_lock_and_asks_for_nothing_more
    a_tab_may_stop_waiting_for_the_refresh_of_another_one
    a_refresh_that_fails_under_the_lock_is_not_repeated
    where_there_are_no_locks_each_tab_refreshes_for_itself
    a_token_has_expired_when_it_says_so_itself
    a_token_that_is_no_jwt_never_expires
    a_wrong_option_of_an_auth_is_named_with_what_was_given_and_what_is_accepted
    the_options_of_an_auth_may_be_null_or_inherited
    an_auth_shows_nothing_but_what_it_is
    only_an_auth_has_an_authority
}
